//! Who came: heads, a tap on a nickname or a code; and, for somebody known, in their own compartment only (inv. 25).
