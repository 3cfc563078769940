/// Why a file in `pending/` is no entry.
package enum PendingEntryError: Error, Equatable, CustomStringConvertible {
    case tooLarge
    case truncated
    case unreadable(line: Int)
    case badCertificate
    case fingerprint(FingerprintError)
    /// The content belongs to another name.
    case otherName(Fingerprint)

    init(_ failure: RecordReader.Failure) {
        self =
            switch failure {
            case .truncated: .truncated
            case .unreadable(let line): .unreadable(line: line)
            }
    }

    package var description: String {
        switch self {
        case .tooLarge: "larger than \(PendingEntry.maximumSize) bytes"
        case .truncated: "not complete"
        case .unreadable(let line): "line \(line) is not understood"
        case .badCertificate: "what stands as its certificate is not base64"
        case .fingerprint(let reason): reason.description
        case .otherName(let fingerprint): "its content is that of \(fingerprint)"
        }
    }
}
