"""A Hải Đăng replica: the local store, the sync session, the HTTP transport and the `haidang` command."""
