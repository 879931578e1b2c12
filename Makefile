setup:
	@scripts/setup
.PHONY: setup
