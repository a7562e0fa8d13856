import { describe, expect, it } from 'vitest';
import { Track, type Move, type Step } from './track';

const step = (element: string | null, move: Move = 'pass', flow: string | null = null, scene = 'case'): Step => ({ scene, element, move, flow });

const loop = [
  step('start'),
  step('visit', 'arrive', 'a'),
  step('visit', 'leave'),
  step('redo', 'pass', 'b'),
  step('ack', 'arrive', null, 'order'),
  step('visit', 'arrive', 'c'),
  step('visit', 'note'),
  step('visit', 'leave'),
  step('end', 'pass', 'd'),
];

describe('a replay', () => {
  it('counts a loop as separate visits, and waiting and leaving as one', () => {
    expect(new Track(loop).marksAt(3).visits.get('visit')).toBe(1);
    expect(new Track(loop).marksAt(8).visits.get('visit')).toBe(2);
  });

  it('shows where tokens rest at that moment', () => {
    expect([...new Track(loop).marksAt(1).current.keys()]).toEqual(['visit']);
    expect([...new Track(loop).marksAt(2).current.keys()]).toEqual([]);
    expect([...new Track(loop).marksAt(6).current.keys()]).toEqual(['visit']);
  });

  it('paints only flows that were taken until then', () => {
    expect([...new Track(loop).marksAt(3).flows]).toEqual(['a', 'b']);
  });

  it('keeps each scene to its own diagram', () => {
    const marks = new Track(loop).marksAt(4);
    expect([...marks.visits.keys()]).toEqual(['ack']);
    expect(marks.here).toBe('ack');
  });

  it('walks one scene when asked to', () => {
    const track = new Track(loop).of('case');
    expect(track.indexes).toEqual([0, 1, 2, 3, 5, 6, 7, 8]);
    expect(track.after(3)).toBe(5);
    expect(track.before(5)).toBe(3);
    expect(track.after(8)).toBeNull();
    expect(track.before(0)).toBeNull();
  });

  it('forgets a failure once the step went well', () => {
    const failed = [step('send', 'fail'), step('send')];
    expect([...new Track(failed).marksAt(0).broken]).toEqual(['send']);
    expect([...new Track(failed).marksAt(1).broken]).toEqual([]);
  });
});
