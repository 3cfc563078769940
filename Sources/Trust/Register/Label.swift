import EximControl
import TrustCore

/// A name that an operator gives to a certificate.
package enum Label {
    /// Why a text is no label, as the rest of a sentence that begins with “a” or “--”; nil when it is one. A label stands in Exim's
    /// configuration, in messages, and in the place of a fingerprint on the command line.
    package static func fault(of label: String) -> String? {
        guard !label.isEmpty, label.count <= 64, label.utf8.count <= 256, Printable(label, limit: 64).description == label,
            label.trimmed == label[...]
        else { return "label takes 1 to 64 plain characters" }
        let digits = Fingerprint.hexDigits(of: label)
        guard digits.count < FingerprintReference.minimumDigits || !digits.allSatisfy({ (48...57).contains($0) || (65...70).contains($0) })
        else { return "label must not look like a fingerprint" }
        guard ListNote(parsing: label) == nil, !label.hasSuffix(",") else { return "label must not end like a note that trustctl writes" }
        return nil
    }
}

extension Terms {
    /// Why a text is no note; nil when it is one.
    package static func fault(ofNote note: String) -> String? {
        let isPlain =
            !note.isEmpty && note.count <= 200 && note.utf8.count <= 800 && Printable(note).description == note && note.trimmed == note[...]
        return isPlain ? nil : "note takes 1 to 200 plain characters"
    }
}
