import { roles, type Role } from '../roles.js';
import { roleNames } from './roleNames.js';

export interface SignInBarProps {
  /** Roles that there is a development token for. */
  readonly offered: readonly string[];
  readonly current: Role | null;
  choose(role: Role | null): void;
  restoreExamples(): void;
}

export function SignInBar({ offered, current, choose, restoreExamples }: SignInBarProps) {
  const buttons = roles.filter((role) => offered.includes(role));
  return (
    <header className="sign-in-bar">
      <strong>合肥四级社区公共服务平台</strong>
      <nav aria-label="身份 / Sign in as">
        {buttons.length > 0 && (
          <RoleButton zh="匿名" en="Anonymous" pressed={current === null} onClick={() => choose(null)} />
        )}
        {buttons.map((role) => (
          <RoleButton key={role} {...roleNames[role]} pressed={current === role} onClick={() => choose(role)} />
        ))}
      </nav>
      <button type="button" className="restore" onClick={restoreExamples}>
        恢复示例<small>Restore examples</small>
      </button>
    </header>
  );
}

function RoleButton({ zh, en, pressed, onClick }: { zh: string; en: string; pressed: boolean; onClick(): void }) {
  return (
    <button type="button" aria-pressed={pressed} onClick={onClick}>
      {zh}<small>{en}</small>
    </button>
  );
}
