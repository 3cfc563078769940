import TrustCore

extension ListValue {
    /// An item that Exim's `inlist` does not take for a fingerprint.
    package struct Fault: Equatable {
        /// As it stands in the value.
        package let item: String
        package let kind: Kind

        package enum Kind: Equatable {
            /// A fingerprint in another spelling; `right` is the one that matches.
            case misspelt(right: String)
            /// The digest of no certificate, in any spelling; its 64 digits.
            case noCertificate(digits: String)
            case notAFingerprint
        }
    }

    /// All of them, in the order of the value; empty when the value is not a plain list but an expansion.
    package var faults: [Fault] {
        switch form {
        // What is in the folder is judged by its names (`ApprovedFolder`).
        case .folder: []
        case .macro: text.contains("$") ? [] : items.compactMap { item in Fault.Kind(item).map { Fault(item: item, kind: $0) } }
        }
    }

    /// The items as Exim separates them, but a fingerprint whose pairs of digits are separated by colons counts as one.
    var items: [String] {
        var items: [String] = []
        var pairs: [String] = []
        func flush() {
            // 32 pairs are a digest; a few of them are separate wrong items.
            if pairs.count >= 16 { items.append(pairs.joined(separator: ":")) } else { items += pairs }
            pairs = []
        }
        for part in text.split(separator: ":", omittingEmptySubsequences: true) {
            let text = part.trimmed
            guard !text.isEmpty else { continue }
            if text.count == 2, text.allSatisfy(\.isHexDigit) {
                pairs.append(String(text))
                if pairs.count == 32 { flush() }
            } else {
                flush()
                items.append(String(text))
            }
        }
        flush()
        return items
    }
}

extension ListValue.Fault.Kind {
    /// Nil when Exim takes `item` for a fingerprint.
    fileprivate init?(_ item: String) {
        do {
            _ = try Fingerprint(exactly: item.utf8)
            return nil
        } catch {}
        let digits = String(decoding: Fingerprint.hexDigits(of: item), as: UTF8.self)
        do {
            _ = try Fingerprint(item)
            self = .misspelt(right: digits)
        } catch .noCertificate { self = .noCertificate(digits: digits) } catch { self = .notAFingerprint }
    }
}
