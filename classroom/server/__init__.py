"""The Jupyter server extension: doors, sockets and files around the pure room of `classroom.core`."""
