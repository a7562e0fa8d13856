"""What can be wrong with an elder's data."""

from engine.errors import Conflict, Invalid


class BadElder(Invalid):
    """老年人资料有误。 The elder's data is wrong."""

    code = "bad-elder"


class DeviceExists(Conflict):
    """这个设备编号已经登记。 A device with this code is registered already."""

    code = "device-exists"
