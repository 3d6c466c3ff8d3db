"""The pre-push gate: judging what is pushed, put in place beside whatever hooks exist, taken away without a trace."""
