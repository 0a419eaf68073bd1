"""Which Petit this is. A constant: asking the installed metadata costs 40 ms and several megabytes."""

VERSION = "0.1.0"
