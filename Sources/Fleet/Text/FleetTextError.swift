package import TrustCore

/// Why bytes are not a text of a fleet.
package enum FleetTextError: Error, Equatable, CustomStringConvertible {
    /// More bytes than such a text may have.
    case tooLarge(limit: Int)
    /// The last line has no end.
    case cut
    /// The first line is that of a version which this program does not know.
    case version(Printable)
    /// Something else stands on this line, counted from 1, than what must stand there.
    case line(Int)

    package var description: String {
        switch self {
        case .tooLarge(let limit): "it has more than \(limit) bytes"
        case .cut: "its last line is not whole"
        case .version(let version): "it is of version \(version), which this program does not know"
        case .line(let line): "line \(line) is not what must stand there"
        }
    }
}
