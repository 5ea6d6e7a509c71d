"""One file = one trial that brings its own way of trying."""
