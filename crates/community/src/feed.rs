//! Private calendar feeds of colleagues: the address is the secret.
