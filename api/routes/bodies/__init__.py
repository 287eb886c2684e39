"""What is sent and received, by subject: `…In` are requests, the other models responses."""
