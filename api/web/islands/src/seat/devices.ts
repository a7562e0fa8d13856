// Volume, microphone and loudspeaker, remembered on this computer.
const KEY = 'bihuan-seat-';
const volume = document.querySelector<HTMLInputElement>('#soft-volume')!;
const microphone = document.querySelector<HTMLSelectElement>('#soft-microphone')!;
const speaker = document.querySelector<HTMLSelectElement>('#soft-speaker')!;

/** What to ask the browser for. */
export function wanted(): MediaStreamConstraints {
  return { audio: microphone.value ? { deviceId: { exact: microphone.value } } : true, video: false };
}

/** Let the choices act on where the call is heard; `changed` hears of another microphone. */
export function offer(sound: HTMLAudioElement, changed: () => void, other: string): void {
  const apply = () => {
    sound.volume = Number(volume.value);
    if (speaker.value && 'setSinkId' in sound) void sound.setSinkId(speaker.value).catch(() => (speaker.value = ''));
  };
  for (const control of [volume, microphone, speaker]) {
    control.addEventListener('input', () => {
      localStorage.setItem(KEY + control.id, control.value);
      apply();
    });
  }
  microphone.addEventListener('input', changed);
  volume.value = localStorage.getItem(KEY + volume.id) ?? '1';
  const list = async () => {
    const devices = await navigator.mediaDevices.enumerateDevices();
    fill(microphone, devices, 'audioinput', other);
    fill(speaker, devices, 'audiooutput', other);
    apply();
  };
  navigator.mediaDevices.addEventListener('devicechange', () => void list());
  void list();
}

function fill(select: HTMLSelectElement, devices: MediaDeviceInfo[], kind: MediaDeviceKind, other: string): void {
  const chosen = select.value || localStorage.getItem(KEY + select.id) || '';
  while (select.options.length > 1) select.remove(1);
  devices
    .filter((one) => one.kind === kind && one.deviceId && one.deviceId !== 'default')
    .forEach((one, at) => select.add(new Option(one.label || other.replace('{n}', String(at + 1)), one.deviceId)));
  select.value = [...select.options].some((option) => option.value === chosen) ? chosen : '';
}
