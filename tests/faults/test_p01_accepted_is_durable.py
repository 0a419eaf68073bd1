"""P1: what was answered 2xx is stored, whatever happens the instant after."""
