"""What can be wrong with a callback before anybody looks at what it says."""

from engine.errors import Unauthenticated


class BadSignature(Unauthenticated):
    """签名无效或已过期，请核对密钥和时钟。 The signature is wrong or too old: check the secret and the sender's clock."""

    code = "bad-signature"
