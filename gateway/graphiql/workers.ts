// The addresses of Monaco's workers, put in by build.ts.
declare const workerUrls: { readonly editor: string; readonly json: string; readonly graphql: string };

window.MonacoEnvironment = {
  getWorker: (_id, label) =>
    new Worker(label === 'json' ? workerUrls.json : label === 'graphql' ? workerUrls.graphql : workerUrls.editor),
};

export {};
