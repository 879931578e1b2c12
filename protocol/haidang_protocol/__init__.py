"""The Hải Đăng protocol: bytes, operations, merge, chains, authority and limits, without any input or output."""
