// What a replay knows: the ordered steps of one case over one or several diagrams. Pure, tested in track.test.ts.
import type { Marks } from '../diagram/sheet';

/** What a step does to the token: it arrives and rests, passes at once, leaves, is cancelled, fails, or does not move. */
export type Move = 'arrive' | 'pass' | 'leave' | 'cancel' | 'fail' | 'note';

export interface Step {
  scene: string;
  element: string | null;
  move: Move;
  /** The sequence flow by which the token came, as the history recorded it; null for a start or a boundary event. */
  flow: string | null;
}

export interface Data {
  /** The address of each scene's diagram (a scene is one diagram of one process instance). */
  addresses: Record<string, string>;
  steps: Step[];
}

export class Track {
  constructor(private readonly all: readonly Step[], private readonly only: string | null = null) {}

  /** The numbers of the steps this track shows, in order. */
  get indexes(): number[] {
    return this.all.flatMap((step, index) => (this.only === null || step.scene === this.only ? [index] : []));
  }

  /** The same steps for one scene, or for all with null. */
  of(scene: string | null): Track {
    return new Track(this.all, scene);
  }

  at(index: number): Step | undefined {
    return this.all[index];
  }

  /** The next step of this track after `index` (−1 for the first), or null at its end. */
  after(index: number): number | null {
    return this.indexes.find((candidate) => candidate > index) ?? null;
  }

  /** The step before, or null at its beginning. */
  before(index: number): number | null {
    return this.indexes.findLast((candidate) => candidate < index) ?? null;
  }

  /** The diagram of step `index` as it stood right after it: visits counted, flows taken, tokens at rest. */
  marksAt(index: number): Marks {
    const step = this.all[index];
    const visits = new Map<string, number>();
    const flows = new Set<string>();
    const resting = new Map<string, number>();
    const broken = new Set<string>();
    for (const { scene, element, move, flow } of this.all.slice(0, index + 1)) {
      if (scene !== step?.scene || element === null || move === 'note') continue;
      if (flow) flows.add(flow);
      if (move === 'arrive' || move === 'pass') visits.set(element, (visits.get(element) ?? 0) + 1);
      if (move === 'arrive') resting.set(element, (resting.get(element) ?? 0) + 1);
      if (move === 'leave' || move === 'cancel') resting.set(element, (resting.get(element) ?? 1) - 1);
      if (move === 'fail') broken.add(element);
      else broken.delete(element);
    }
    const current = [...resting].filter(([, tokens]) => tokens > 0).map(([element]): [string, string] => [element, '']);
    return { visits, flows, broken, current: new Map(current), here: step?.element ?? null };
  }
}
