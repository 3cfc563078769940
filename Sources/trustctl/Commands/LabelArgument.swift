import ArgumentParser
import EximControl
import Trust
import TrustCore

/// A name for a certificate, as an operator types it.
enum LabelArgument {
    static func check(_ label: String) throws {
        if let fault = fault(of: label) { throw ValidationError("--\(fault)") }
    }

    /// Why a text is no label; nil when it is one. A label stands in Exim's configuration, in messages, and in the place of a fingerprint on
    /// the command line.
    static func fault(of label: String) -> String? {
        guard !label.isEmpty, label.count <= 64, Printable(label, limit: 64).description == label, label.trimmed == label[...] else {
            return "label takes 1 to 64 plain characters"
        }
        let digits = Fingerprint.hexDigits(of: label)
        guard digits.count < FingerprintReference.minimumDigits || !digits.allSatisfy({ (48...57).contains($0) || (65...70).contains($0) })
        else { return "label must not look like a fingerprint" }
        guard ListNote(parsing: label) == nil, !label.hasSuffix(",") else { return "label must not end like a note that trustctl writes" }
        return nil
    }
}
