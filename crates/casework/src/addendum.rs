//! 「私はこう言いたい」: the person's own addendum, written with their code, edited by nobody.
