"""Recordings 录音 and messages 语音留言: what there is, of which call, and who listened (T15, T16)."""
