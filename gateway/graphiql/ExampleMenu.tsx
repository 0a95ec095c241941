import { examples, type Example } from './examples.js';
import { roleNames } from './roleNames.js';
import { examplesByRole } from './tabs.js';

export function ExampleMenu({ open }: { open(example: Example): void }) {
  function choose(index: string): void {
    const example = examples[Number(index)];
    if (example) open(example);
  }
  return (
    <select className="examples" aria-label="示例 / Examples" value="" onChange={({ target }) => choose(target.value)}>
      <option value="" hidden>示例 · Examples</option>
      {examplesByRole.map(({ role, examples: offered }) => (
        <optgroup key={role} label={`${roleNames[role].zh} · ${roleNames[role].en}`}>
          {offered.map((example) => (
            <option key={example.title.en} value={examples.indexOf(example)}>{example.title.zh} · {example.title.en}</option>
          ))}
        </optgroup>
      ))}
    </select>
  );
}
