// The telephone in the browser (JsSIP over a secure WebSocket): registers, rings, answers, mutes. Everything else that is done
// with a call goes through the server, as from any other telephone. Loaded only where the seat's telephone is this browser.
import { UA, WebSocketInterface } from 'jssip';
import type { RTCSession } from 'jssip/lib/RTCSession';
import type { IncomingRTCSessionEvent, UnRegisteredEvent } from 'jssip/lib/UA';
import { pageData } from '../page-data';
import { another, offer, wanted } from './devices';
import { quiet, ring } from './ringing';

interface Account {
  websocket: string;
  uri: string;
  password: string;
}

/** Seconds; a closed window is noticed by the exchange no later. */
const REGISTERED_FOR = 120;
/** After a registration that failed it is tried again between so many milliseconds: the library would not, as long as the line is up. */
const AGAIN_MS = [10_000, 30_000] as const;
const BUSY = 486;
const SERVER_FAILS = 500;
const part = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
const box = part('softphone');
const state = part('soft-state');
const call = part('soft-call');
const answer = part<HTMLButtonElement>('soft-answer');
const drop = part<HTMLButtonElement>('soft-drop');
const mute = part<HTMLButtonElement>('soft-mute');
const sound = part<HTMLAudioElement>('soft-sound');
const words = pageData<Record<string, string>>('soft-words');

export class Softphone {
  private agent: UA | undefined;
  private session: RTCSession | undefined;
  private starting = false;
  private registered = false;
  private again: ReturnType<typeof setTimeout> | undefined;
  /** The microphone that was taken in mid-call; the library knows only of the first one, and stops only that. */
  private taken: MediaStreamTrack | undefined;
  private readonly list: () => Promise<void>;

  constructor() {
    answer.addEventListener('click', () => this.answer());
    drop.addEventListener('click', () => this.session?.terminate());
    mute.addEventListener('click', () => this.toggleMute());
    addEventListener('beforeunload', (event) => this.session && event.preventDefault());
    addEventListener('pagehide', () => this.stop());
    this.list = offer(sound, () => this.changeMicrophone(), words.other!);
  }

  /** Be the telephone, unless it is one already. */
  async start(): Promise<void> {
    box.hidden = false;
    if (this.agent || this.starting) return;
    this.starting = true;
    try {
      const answered = await fetch(box.dataset.ask!, { redirect: 'error' });
      if (!answered.ok) throw new Error(answered.statusText);
      this.register((await answered.json()) as Account);
    } catch {
      this.say('off');
    } finally {
      this.starting = false;
    }
  }

  /** Be no telephone any more. */
  stop(): void {
    box.hidden = true;
    clearTimeout(this.again);
    this.agent?.stop();
    this.agent = undefined;
    this.registered = false;
  }

  private register(account: Account): void {
    const agent = new UA({
      sockets: [new WebSocketInterface(account.websocket)],
      uri: account.uri,
      password: account.password,
      register: true,
      register_expires: REGISTERED_FOR,
      session_timers: false,
      user_agent: 'Bihuan',
    });
    this.agent = agent;
    agent.on('connecting', () => this.say('connecting'));
    agent.on('disconnected', () => this.say('lost'));
    agent.on('registered', () => {
      this.registered = true;
      this.say('registered');
    });
    agent.on('registrationFailed', (event) => this.failed(agent, event));
    agent.on('unregistered', () => (this.registered = false));
    agent.on('newRTCSession', (event: IncomingRTCSessionEvent) => this.rings(event));
    agent.start();
  }

  private failed(agent: UA, { response }: UnRegisteredEvent): void {
    if (!this.session) this.say(response && response.status_code < SERVER_FAILS ? 'refused' : 'lost');
    const [least, most] = AGAIN_MS;
    clearTimeout(this.again);
    this.again = setTimeout(
      () => {
        if (this.agent === agent && agent.isConnected() && !agent.isRegistered()) agent.register();
      },
      least + Math.random() * (most - least),
    );
  }

  private rings({ originator, session }: IncomingRTCSessionEvent): void {
    if ((originator as string) !== 'remote') return;
    if (this.session) {
      session.terminate({ status_code: BUSY });
      return;
    }
    this.session = session;
    session.on('peerconnection', ({ peerconnection }: { peerconnection: RTCPeerConnection }) => {
      peerconnection.addEventListener('track', ({ streams, track }) => {
        sound.srcObject = streams[0] ?? new MediaStream([track]);
        void sound.play().catch(() => undefined);
      });
    });
    session.on('accepted', () => this.talks());
    session.on('getusermediafailed', () => this.say('microphone'));
    for (const end of ['ended', 'failed'] as const) session.on(end, () => this.over());
    call.hidden = false;
    answer.hidden = false;
    mute.hidden = true;
    this.say('ringing');
    ring();
    answer.focus();
  }

  private answer(): void {
    quiet();
    this.session?.answer({ mediaConstraints: wanted(), pcConfig: { iceServers: [] } });
  }

  private talks(): void {
    quiet();
    answer.hidden = true;
    mute.hidden = false;
    mute.setAttribute('aria-pressed', 'false');
    this.say('talking');
    void this.list();
  }

  private over(): void {
    quiet();
    this.session = undefined;
    this.taken?.stop();
    this.taken = undefined;
    sound.srcObject = null;
    call.hidden = true;
    if (this.agent) this.say(this.registered ? 'registered' : 'lost');
  }

  private toggleMute(): void {
    const muted = this.session?.isMuted().audio ?? false;
    if (muted) this.session?.unmute({ audio: true });
    else this.session?.mute({ audio: true });
    mute.setAttribute('aria-pressed', String(!muted));
  }

  /** Take the microphone that was chosen into the call, if there is one; without leave the call goes on with the one it has. */
  private async changeMicrophone(): Promise<void> {
    const session = this.session;
    const sender = session?.connection?.getSenders().find((one) => one.track?.kind === 'audio');
    if (!sender) return;
    let track: MediaStreamTrack | undefined;
    try {
      [track] = (await navigator.mediaDevices.getUserMedia(another())).getAudioTracks();
      if (!track || this.session !== session) throw new Error('the call is over');
      const old = sender.track;
      track.enabled = old?.enabled ?? true;
      await sender.replaceTrack(track);
      old?.stop();
      this.taken = track;
    } catch (refusal) {
      track?.stop();
      if (this.session && this.session === session) this.say('kept');
      throw refusal;
    }
    if (this.session !== session) track.stop();
    else this.say('talking');
  }

  private say(what: string): void {
    state.textContent = words[what]!;
    state.dataset.state = what;
    state.className = `badge ${{ registered: 'done', talking: 'open', ringing: 'wait' }[what] ?? (what === 'off' || what === 'connecting' ? '' : 'late')}`;
  }
}
