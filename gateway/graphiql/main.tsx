import './workers.js';
import 'graphiql/style.css';
import '@graphiql/react/font/roboto.css';
import '@graphiql/react/font/fira-code.css';
import './page.css';
import { GraphiQL, type GraphiQLProps } from 'graphiql';
import { useMemo, useRef, useState } from 'react';
import { createRoot } from 'react-dom/client';
import type { Role } from '../roles.js';
import { SignInBar } from './SignInBar.js';
import { exampleOf, exampleTabs } from './tabs.js';

type Tokens = Readonly<Record<string, string>>;

/** The gateway offers this route in development only. */
async function developmentTokens(): Promise<Tokens> {
  const response = await fetch('/dev/tokens');
  return response.ok ? ((await response.json()) as Tokens) : {};
}

// A header written in the tab's own editor wins over the chosen role.
const fetcherFor = (token: () => string | undefined): GraphiQLProps['fetcher'] => async (params, options) => {
  const headers = new Headers(options?.headers as Record<string, string> | undefined);
  headers.set('content-type', 'application/json');
  const signedIn = token();
  if (signedIn !== undefined && !headers.has('authorization')) headers.set('authorization', `Bearer ${signedIn}`);
  const response = await fetch('/graphql', { method: 'POST', headers, body: JSON.stringify(params) });
  return response.json();
};

function restoreExamples(): void {
  for (const key of Object.keys(localStorage)) if (key.startsWith('graphiql:')) localStorage.removeItem(key);
  location.reload();
}

function Page({ tokens }: { tokens: Tokens }) {
  const [role, setRole] = useState<Role | null>(null);
  const roleRef = useRef<Role | null>(null);
  const tabRef = useRef<string | null>(null);
  // The same fetcher for good: a new one would fetch the schema again.
  const fetcher = useMemo(() => fetcherFor(() => tokens[roleRef.current ?? '']), [tokens]);

  function choose(next: Role | null): void {
    roleRef.current = next;
    setRole(next);
  }
  // Coming to an example signs in as its role; editing it does not.
  const followTab: NonNullable<GraphiQLProps['onTabChange']> = ({ tabs, activeTabIndex }) => {
    const tab = tabs[activeTabIndex];
    if (!tab || tab.id === tabRef.current) return;
    tabRef.current = tab.id;
    const example = exampleOf(tab.query);
    if (example && tokens[example.role] !== undefined) choose(example.role);
  };

  return (
    <>
      <SignInBar offered={Object.keys(tokens)} current={role} choose={choose} restoreExamples={restoreExamples} />
      <GraphiQL
        fetcher={fetcher}
        defaultTabs={exampleTabs}
        onTabChange={followTab}
        inputValueDeprecation
        schemaDescription
      />
    </>
  );
}

const root = document.getElementById('root');
if (root) createRoot(root).render(<Page tokens={await developmentTokens()} />);
