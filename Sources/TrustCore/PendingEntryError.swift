/// Why a file in `pending/` is not an entry.
package enum PendingEntryError: Error, Equatable, CustomStringConvertible {
    case tooLarge
    case truncated
    case unreadable(line: Int)
    case badCertificate
    case fingerprint(FingerprintError)
    /// The content is the entry of another fingerprint.
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
        case .truncated: "incomplete"
        case .unreadable(let line): "line \(line) is unreadable"
        case .badCertificate: "its certificate is not base64"
        case .fingerprint(let reason): reason.description
        case .otherName(let fingerprint): "its content is the entry of \(fingerprint)"
        }
    }
}
