"""The one base of every error that a person may read, and the engine's own errors."""

from collections.abc import Mapping
from typing import Any


class BihuanError(Exception):
    """出错了，请联系管理员。 Something went wrong; please tell the administrator.

    The docstring of a subclass is its default message, Chinese first, then English. `details` are
    machine-readable facts that the HTTP layer adds to the problem document; `errors` are per field,
    `{field: message}`. The HTTP status of each class stands in one table in `api/errors.py`.
    """

    code = "error"

    def __init__(self, message: str | None = None, /, *, errors: Mapping[str, str] | None = None, **details: Any) -> None:
        self.message = message or (self.__doc__ or "").strip()
        self.errors = dict(errors or {})
        self.details = details
        super().__init__(self.message)


class NotFound(BihuanError):
    """找不到所要的对象。 There is no such thing; check the number or the address."""

    code = "not-found"


class Forbidden(BihuanError):
    """您没有做这件事的权限。 You have no right to do this; ask the administrator for the role."""

    code = "forbidden"


class Unauthenticated(BihuanError):
    """请先登录。 Please log in first."""

    code = "unauthenticated"


class Conflict(BihuanError):
    """现在不能这样做，情况已经改变。 Not possible now: the situation has changed; look again."""

    code = "conflict"


class AlreadyClaimed(Conflict):
    """该任务已被他人签收。 Somebody else has claimed this task first."""

    code = "already-claimed"


class Invalid(BihuanError):
    """填写的内容有误，请按提示修改。 Some of the input is wrong; see the fields."""

    code = "invalid"


class Malformed(BihuanError):
    """请求的格式不对。 The request cannot be read as what it says it is."""

    code = "malformed"


class TooManyAttempts(BihuanError):
    """尝试次数过多，请 15 分钟后再试。 Too many attempts; try again in 15 minutes."""

    code = "too-many-attempts"


class StepFailed(BihuanError):
    """流程步骤执行失败，任务仍然保留，已记为异常事件。 A step of the process failed; the task stays open and an incident is recorded."""

    code = "step-failed"
    origin: Any = None
    """What set the failed command off (`engine.outbox.origin.Origin`), once `Engine.transact` has written its incident."""


class VersionConflict(BihuanError):
    """同一流程实例刚被他人推进。 Another command moved the same instance first; the command is tried again."""

    code = "version-conflict"


class PortTaken(BihuanError):
    """端口已被占用。 The port is taken."""

    code = "port-taken"
