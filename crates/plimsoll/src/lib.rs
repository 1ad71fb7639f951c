//! Is this image safe? The one place where image, analysis, knowledge and judgement meet.
