//! 気づき: what a host noticed, for those who run it.
