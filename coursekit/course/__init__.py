"""What runs the course and teaches nothing: questions, notebooks, commands."""
