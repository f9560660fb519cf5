"""What every use case stands on: one commit, one trail, one key a request, one policy."""
