import { overriddenUrl, subgraphUrls } from '../../../gateway/supergraph.js';

it('finds the subgraphs of a supergraph and where they are', () => {
  const sdl = `enum join__Graph {
    A @join__graph(name: "city", url: "http://h:1/graphql")
    B @join__graph(name: "b", url: "")
  }`;
  expect(subgraphUrls(sdl)).toEqual({ city: 'http://h:1/graphql', b: '' });
});

it.each([
  ['nothing', undefined, 'http://composed:1/graphql?a=b'],
  ['a host', 'http://moved:2', 'http://moved:2/graphql?a=b'],
  ['a host and the path /', 'http://moved:2/', 'http://moved:2/'],
  ['a host and a path', 'https://moved:2/api', 'https://moved:2/api'],
])('moves a subgraph to %s', (_name, override, url) => {
  expect(overriddenUrl('http://composed:1/graphql?a=b', override)).toBe(url);
});

it('takes the override whole when the supergraph names no URL', () => {
  expect(overriddenUrl('', 'http://moved:2')).toBe('http://moved:2');
});
