"""What is made of trained runs: policies, videos, events, and tasks to act in."""
