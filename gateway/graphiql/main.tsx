import './workers.js';
import 'graphiql/style.css';
import '@graphiql/react/font/roboto.css';
import '@graphiql/react/font/fira-code.css';
import './page.css';
import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { GraphiQL, type GraphiQLProps } from 'graphiql';
import { Kind, OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-sse';
import { useEffect, useMemo, useRef, useState } from 'react';
import { createRoot } from 'react-dom/client';
import type { Role } from '../roles.js';
import { ExampleMenu } from './ExampleMenu.js';
import type { Example } from './examples.js';
import { SignInBar } from './SignInBar.js';
import { exampleOf, exampleTabs, tabOf } from './tabs.js';

type Tokens = Readonly<Record<string, string>>;

/** The gateway offers this route in development only. */
async function developmentTokens(): Promise<Tokens> {
  const response = await fetch('/dev/tokens');
  return response.ok ? ((await response.json()) as Tokens) : {};
}

type Fetcher = NonNullable<GraphiQLProps['fetcher']>;

/** Its answers come one by one; pressing the button again ends it. */
function isSubscription({ operationName }: Parameters<Fetcher>[0], options: Parameters<Fetcher>[1]): boolean {
  const { definitions = [] } = options?.documentAST ?? {};
  const operations = definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);
  const chosen = operations.find(({ name }) => name?.value === operationName) ?? operations[0];
  return chosen?.operation === OperationTypeNode.SUBSCRIPTION;
}

// A header written in the tab's own editor wins over the chosen role.
const fetcherFor = (token: () => string | undefined): GraphiQLProps['fetcher'] => async (params, options) => {
  const headers = new Headers(options?.headers as Record<string, string> | undefined);
  headers.set('content-type', 'application/json');
  const signedIn = token();
  if (signedIn !== undefined && !headers.has('authorization')) headers.set('authorization', `Bearer ${signedIn}`);
  if (isSubscription(params, options)) return createClient({ url: '/graphql/stream', headers: Object.fromEntries(headers) }).iterate(params as never) as never;
  const response = await fetch('/graphql', { method: 'POST', headers, body: JSON.stringify(params) });
  return response.json();
};

// GraphiQL shows the variables of a default tab only once one has switched to it, so the first one's are given apart.
const firstVisit = localStorage.getItem('graphiql:tabState') === null;
const initialVariables = firstVisit ? { initialVariables: exampleTabs[0]?.variables ?? '' } : {};

function restoreExamples(): void {
  for (const key of Object.keys(localStorage)) if (key.startsWith('graphiql:')) localStorage.removeItem(key);
  location.reload();
}

/** Coming to an example signs in as its role; editing it does not. */
function FollowTab({ enter }: { enter(query: string | null): void }) {
  const tab = useGraphiQL((state) => state.tabs[state.activeTabIndex]);
  const latest = useRef({ enter, query: tab?.query ?? null });
  latest.current = { enter, query: tab?.query ?? null };
  useEffect(() => {
    latest.current.enter(latest.current.query);
    // With many tabs the row is wider than the page.
    document.querySelector('.graphiql-tab-active')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [tab?.id]);
  return null;
}

/** Beside the tabs: any example, in the tab that it is open in or else in a new one. */
function Examples({ enter }: { enter(query: string | null): void }) {
  const { addTab, changeTab } = useGraphiQLActions();
  const { tabs, queryEditor, variableEditor, headerEditor } = useGraphiQL(
    ({ tabs, queryEditor, variableEditor, headerEditor }) => ({ tabs, queryEditor, variableEditor, headerEditor }),
  );

  function open(example: Example): void {
    const { query, variables, headers } = tabOf(example);
    const openIn = tabs.findIndex((tab) => exampleOf(tab.query) === example);
    if (openIn >= 0) return changeTab(openIn);
    addTab();
    queryEditor?.setValue(query);
    variableEditor?.setValue(variables);
    headerEditor?.setValue(headers);
    enter(query);
  }
  return <ExampleMenu open={open} />;
}

function Page({ tokens }: { tokens: Tokens }) {
  const [role, setRole] = useState<Role | null>(null);
  const chosen = useRef<Role | null>(null);
  // The same fetcher for good: a new one would fetch the schema again.
  const fetcher = useMemo(() => fetcherFor(() => tokens[chosen.current ?? '']), [tokens]);

  function choose(next: Role | null): void {
    chosen.current = next;
    setRole(next);
  }
  function enter(query: string | null): void {
    const example = exampleOf(query);
    if (example && tokens[example.role] !== undefined) choose(example.role);
  }

  return (
    <>
      <SignInBar offered={Object.keys(tokens)} current={role} choose={choose} restoreExamples={restoreExamples} />
      <GraphiQL
        fetcher={fetcher}
        defaultTabs={exampleTabs}
        {...initialVariables}
        defaultEditorToolsVisibility="variables"
        inputValueDeprecation
        schemaDescription
      >
        <GraphiQL.Logo>
          <FollowTab enter={enter} />
          <Examples enter={enter} />
        </GraphiQL.Logo>
      </GraphiQL>
    </>
  );
}

const root = document.getElementById('root');
if (root) createRoot(root).render(<Page tokens={await developmentTokens()} />);
