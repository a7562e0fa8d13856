"""What telephony may refuse before any exchange hears of it."""

from engine.errors import Conflict, Forbidden, NotFound


class NoExchange(Conflict):
    """没有接入电话系统。 No telephone exchange is connected."""

    code = "no-exchange"


class NoCall(NotFound):
    """没有这个通话。 There is no such call."""

    code = "no-call"


class NotNow(Conflict):
    """通话现在的状态不能这样做。 Not possible in the call's present state."""

    code = "not-now"


class NotYourCall(Forbidden):
    """这不是您的通话。 This call is not yours."""

    code = "not-your-call"


class NeedsSeat(Conflict):
    """请先签入座席。 Sign in at a seat first."""

    code = "needs-seat"


class NoRecording(NotFound):
    """没有这个录音。 There is no such recording."""

    code = "no-recording"


class NotYourRecording(Forbidden):
    """不能听这个录音，已记入审计。 You may not hear this recording; this is on record."""

    code = "not-your-recording"


class RecordingLost(NotFound):
    """录音已丢失，话务平台上也没有。 The recording is lost: the exchange has it no more."""

    code = "recording-lost"


class RecordingAway(NotFound):
    """录音文件还没有从话务平台取回，请稍后再试。 The recording has not been fetched from the exchange yet; try again later."""

    code = "recording-away"
