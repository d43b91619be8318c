# The commands live in ./dev, which needs no make; this is for fingers that type `make test`.
.PHONY: setup run test lint bench faults verifier
setup run test lint bench faults verifier:
	./dev $@
