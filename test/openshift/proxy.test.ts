import { expect, test } from 'vitest';

import { proxyVariables } from '../../src/openshift/proxy.ts';

const proxy = {
  httpProxy: 'http://proxy.example.com:3128',
  httpsProxy: 'http://proxy.example.com:3129',
  noProxy: '.cluster.local,.svc,10.0.0.0/16',
};

test('every variable is exported in upper and lower case, with the same value', () => {
  const variables = Object.fromEntries(proxyVariables(proxy, []));
  expect(Object.keys(variables)).toEqual([
    'HTTP_PROXY',
    'http_proxy',
    'HTTPS_PROXY',
    'https_proxy',
    'NO_PROXY',
    'no_proxy',
  ]);
  expect(variables['http_proxy']).toBe(proxy.httpProxy);
  expect(variables['https_proxy']).toBe(proxy.httpsProxy);
  expect(variables['no_proxy']).toBe(variables['NO_PROXY']);
});

test("the node's own addresses, localhost and 127.0.0.1 never go through the proxy", () => {
  const variables = Object.fromEntries(proxyVariables(proxy, ['192.0.2.10', '2001:db8::10']));
  expect(variables['NO_PROXY']).toBe(
    '.cluster.local,.svc,10.0.0.0/16,192.0.2.10,2001:db8::10,localhost,127.0.0.1',
  );
});

test('no exception stands twice, and they are there where the proxy names none', () => {
  const noProxy = 'localhost,127.0.0.1,192.0.2.10';
  const variables = Object.fromEntries(proxyVariables({ ...proxy, noProxy }, ['192.0.2.10']));
  expect(variables['NO_PROXY']).toBe(noProxy);
  const none = Object.fromEntries(proxyVariables({ ...proxy, noProxy: '' }, []));
  expect(none['NO_PROXY']).toBe('localhost,127.0.0.1');
});

test('a proxy for one protocol only exports no empty variable for the other', () => {
  const names = proxyVariables({ ...proxy, httpProxy: '' }, []).map(([name]) => name);
  expect(names).toEqual(['HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy']);
});
