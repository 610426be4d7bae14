import { callerFromClaims } from '../../src/auth/caller.js';
import { TokenMemory } from '../../src/auth/token-memory.js';

const caller = callerFromClaims({ sub: 'a' });

describe('The memory of verified tokens', () => {
  test('When it is full, the token that was recalled longest ago is forgotten', () => {
    const memory = new TokenMemory(2);
    const remember = (token: string) => memory.remember(token, caller, -Infinity, Infinity);
    ['one', 'two'].forEach(remember);
    memory.recall('one');
    remember('three');
    expect(['one', 'two', 'three'].map((token) => memory.recall(token) === caller)).toEqual([true, false, true]);
  });

  test('A token is recalled neither before its time nor after it', () => {
    const memory = new TokenMemory();
    const now = Date.now();
    memory.remember('early', caller, now + 60_000, Infinity);
    memory.remember('late', caller, -Infinity, now);
    memory.remember('right', caller, now, now + 60_000);
    expect(['early', 'late', 'right'].map((token) => memory.recall(token) === caller)).toEqual([false, false, true]);
  });
});
