import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseRepository } from '../../../domain/project-file/repository.ts';
import { anyName } from '../../support/hostile-names.ts';

describe('a repository', () => {
  it.each([
    ['.', { kind: 'path', path: '.' }],
    ['../app', { kind: 'path', path: '../app' }],
    ['/srv/my app', { kind: 'path', path: '/srv/my app' }],
    ['C:\\work\\app', { kind: 'path', path: 'C:\\work\\app' }],
    ['file:///srv/my%20app', { kind: 'path', path: '/srv/my app' }],
    ['https://git.example.org/a/b.git', { kind: 'url', url: 'https://git.example.org/a/b.git' }],
    ['ssh://git@git.example.org:2222/a', { kind: 'url', url: 'ssh://git@git.example.org:2222/a' }],
    ['git@git.example.org:a/b.git', { kind: 'url', url: 'git@git.example.org:a/b.git' }],
    ['acme/shop', { kind: 'hosted', owner: 'acme', name: 'shop' }],
    ['acme/shop.git', { kind: 'hosted', owner: 'acme', name: 'shop' }],
  ])('written %s is understood', (text, repository) => {
    expect(parseRepository(text)).toEqual({ repository });
  });

  it.each([
    ['', 'is missing'],
    ['shop', './shop'],
    ['~/app', 'write the path out'],
    ['-oProxyCommand=x', "starts with '-'"],
    ['ext::sh -c x', 'is not a repository'],
    ['ftp://example.org/a', 'not a protocol'],
    ['https://user:secret@example.org/a', 'a secret'],
    ['https://token@example.org/a', 'a secret'],
    ['ssh://git:secret@example.org/a', 'a secret'],
    ['ssh://-oProxyCommand=x/a', 'host name'],
    ['git@-oProxyCommand=x:a', 'is not a repository'],
    ['git@example.org:-x', 'is not a repository'],
    ['https://example.org', 'no path'],
    ['file://elsewhere/srv/app', 'another machine'],
    ['/srv/\u0000app', 'control character'],
    ['a/..', 'is not a repository'],
    ['a/b/c', 'is not a repository'],
  ])('written %j is refused', (text, said) => {
    const parsed = parseRepository(text);
    expect('problem' in parsed && parsed.problem).toContain(said);
  });

  it('never repeats a secret in what it says', () => {
    expect(JSON.stringify(parseRepository('https://user:hunter2@example.org/a'))).not.toContain('hunter2');
  });

  it('of any text is understood or refused, and never an option of a command', () => {
    fc.assert(
      fc.property(anyName, (text) => {
        const parsed = parseRepository(text);
        const written = 'problem' in parsed ? '' : JSON.stringify(Object.values(parsed.repository).slice(1));
        expect(written).not.toMatch(/"-/);
      }),
    );
  });
});
