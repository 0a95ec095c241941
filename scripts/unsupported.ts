/** Parts of federation that compose and that this gateway does not carry out: each in one sentence, in both languages. */
const parts: readonly { readonly isIn: RegExp; readonly zh: string; readonly en: string }[] = [
  {
    isIn: /\bcontextArguments: \[\{/,
    zh: '@context 与 @fromContext 在此网关不可用:请让子图以 @requires 取所需的字段。',
    en: '@context and @fromContext do not work with this gateway: let the subgraph ask for what it needs by @requires.',
  },
  {
    isIn: /\boverrideLabel: "/,
    zh: '@override 的 label 在此网关不可用(视为未移交):请用不带 label 的 @override。',
    en: 'The label of @override does not work with this gateway (the field would stay where it was): use @override without one.',
  },
];

export const unsupported = (supergraphSdl: string): { readonly zh: string; readonly en: string }[] =>
  parts.filter(({ isIn }) => isIn.test(supergraphSdl)).map(({ zh, en }) => ({ zh, en }));
