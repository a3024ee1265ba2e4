//! Decoy keys, so that refusing a client without a key costs a signature check, too.

use crate::key::KeySet;

/// A public key for each algorithm. Their private halves were discarded, and a token that they
/// verify is refused all the same.
const DECOYS: &str = "{\"keys\":[\
    {\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"p8qwipRPRkOtzazuQGRzpzuSLFLJps0zpgI4RmWa7CFPg1QI\
    BlVD6BD9Kxckdtm6cY92kAZbGrJ02sT_o_P8BPoa65h9ZNyLE2mUbnbk24eNK8tEQwoN_WsnM6spDKFWeYmZ1ENu\
    yGrolADLhyZjArRZT3xYoLqOTKK8B7lNF5EkK0RwtMFnTakxnUaTl72oX8GrYQJsYO9y4rbvQ056vV1-EVCwKveP\
    qprSv1SWdGefGMk-KfK-L8fRZJsB_wDAeJCcgQXI5UzHDl-sJcCnu788979iZGMYI6YQZY7LqNHgAM2S37wbrw1w\
    WDIWwEszGJC_pvhsqT5TCgq4XqE_LQ\"},\
    {\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"GTHlLK_aOZsYMhWFMd1RhC_hZQw0PuBazG5YcxkxeM4\",\
    \"y\":\"QOmghGaQF_nzzdKYlITUmtRXFlrNsfjtHIWhHwLc11Q\"},\
    {\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"Jt0WrshBrn3zj93V7IrFfDcVZPdnOJMPqQj-UvnJuq1SlW\
    A1cUvvZ5h98yMnYLx5\",\"y\":\"JHWwikDeIXZcxQJ4Y_OPsJdH5sb47oCZpNP9H-zZFNlLM08zZFAqT90_ZF5\
    ueDqN\"},\
    {\"kty\":\"EC\",\"crv\":\"P-521\",\"x\":\"AEwCNh24jlD8Kj1TWLi-OBXTdHLDomnDkz1bmYxYFBH7WU\
    wFkqCXhfjidsG6Gn9oqioQ8gcwIl5Rsyx6ItqKrhC_\",\"y\":\"ATn3Ubk0JmtMtVdiz-Qlr2pth06TJSZhWlq\
    ubHY725iKDLGDnjCO9MR8H91GB-DMjJGV87t6iltJAFqrUd49RyXU\"},\
    {\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"X41BOsxpjecUZWnk6Wfrl0pZ2fC0Qe_U7NCKbGB8Di8\
    \"}]}";

pub(in crate::issuer) fn decoys() -> KeySet {
    KeySet::parse(DECOYS.as_bytes()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algorithm::Algorithm;

    #[test]
    fn t10_there_is_a_decoy_for_each_algorithm() {
        let decoys = decoys();
        assert!(decoys.skipped().is_empty());
        for algorithm in Algorithm::ALL {
            assert_eq!(decoys.candidates(None, algorithm).count(), 1, "{algorithm}");
        }
    }
}
