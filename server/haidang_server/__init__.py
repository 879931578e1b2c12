"""The Hải Đăng hub and relay: admission, log, merge, projections, exchange, exports and the operator's command."""
