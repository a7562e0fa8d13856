import { describe, expect, it } from 'vitest';
import { holds } from './conditions';

describe('a hiding condition', () => {
  it('hides while the answer is one of its values', () => {
    expect(holds({ key: 'outcome', values: ['accept'], negated: false }, 'accept')).toBe(true);
    expect(holds({ key: 'outcome', values: ['accept'], negated: false }, 'return')).toBe(false);
  });

  it('hides unless the answer is one of its values when negated, also before anything is chosen', () => {
    expect(holds({ key: 'outcome', values: ['return'], negated: true }, '')).toBe(true);
    expect(holds({ key: 'outcome', values: ['return'], negated: true }, 'return')).toBe(false);
  });
});
