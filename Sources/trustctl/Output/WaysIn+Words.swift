import Trust

extension WaysIn {
    /// As in JSON.
    var names: [String] { (byFingerprint ? ["fingerprint"] : []) + (byAuthority == true ? ["ca"] : []) }

    /// As in “let in by its fingerprint”; nil for one that nothing lets in.
    var words: String? {
        switch (byFingerprint, byAuthority) {
        case (true, true): "its fingerprint, and by the CA"
        case (true, _): "its fingerprint"
        case (false, true): "the CA"
        case (false, nil): "the CA, if that has issued it"
        case (false, false): nil
        }
    }

    /// The same in a table.
    var word: String { names.count == 2 ? "both" : byFingerprint ? "fingerprint" : byAuthority == true ? "the CA" : "" }
}
