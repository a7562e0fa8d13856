// The telephone in the browser (JsSIP over a secure WebSocket): registers, rings, answers, mutes. Everything else that is done
// with a call goes through the server, as from any other telephone. Loaded only where the seat's telephone is this browser.
import { UA, WebSocketInterface } from 'jssip';
import type { RTCSession } from 'jssip/lib/RTCSession';
import type { IncomingRTCSessionEvent } from 'jssip/lib/UA';
import { pageData } from '../page-data';
import { offer, wanted } from './devices';
import { quiet, ring } from './ringing';

interface Account {
  websocket: string;
  uri: string;
  password: string;
}

/** Seconds; a closed window is noticed by the exchange no later. */
const REGISTERED_FOR = 120;
const BUSY = 486;
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

  constructor() {
    answer.addEventListener('click', () => this.answer());
    drop.addEventListener('click', () => this.session?.terminate());
    mute.addEventListener('click', () => this.toggleMute());
    addEventListener('beforeunload', (event) => this.session && event.preventDefault());
    addEventListener('pagehide', () => this.stop());
    offer(sound, () => void this.changeMicrophone(), words.other!);
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
    agent.on('registrationFailed', () => this.say('refused'));
    agent.on('unregistered', () => (this.registered = false));
    agent.on('newRTCSession', (event: IncomingRTCSessionEvent) => this.rings(event));
    agent.start();
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
  }

  private over(): void {
    quiet();
    this.session = undefined;
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

  private async changeMicrophone(): Promise<void> {
    const sender = this.session?.connection?.getSenders().find((one) => one.track?.kind === 'audio');
    if (!sender) return;
    const [track] = (await navigator.mediaDevices.getUserMedia(wanted())).getAudioTracks();
    if (!track) return;
    track.enabled = sender.track?.enabled ?? true;
    await sender.replaceTrack(track);
  }

  private say(what: string): void {
    state.textContent = words[what]!;
    state.dataset.state = what;
    state.className = `badge ${{ registered: 'done', talking: 'open', ringing: 'wait' }[what] ?? (what === 'off' || what === 'connecting' ? '' : 'late')}`;
  }
}
