/// The secret that opens an encrypted private key. It is never printed, kept or given to another program.
package struct Passphrase: Sendable {
    let bytes: [UInt8]

    /// Longer ones are refused by openssl(1), which could not open the key any more (`PEM_BUFSIZE`).
    package static let longest = 1_023

    package enum Fault: Error, CustomStringConvertible {
        case empty
        case tooLong
        /// The attack: a program that takes it for the end opens the key with less than was typed.
        case zeroByte

        package var description: String {
            switch self {
            case .empty: "the passphrase is empty"
            case .tooLong: "the passphrase has more than \(Passphrase.longest) bytes"
            case .zeroByte: "the passphrase has a zero byte in it"
            }
        }
    }

    /// The bytes as they were typed, without the end of the line.
    package init(_ bytes: [UInt8]) throws(Fault) {
        guard !bytes.isEmpty else { throw .empty }
        guard bytes.count <= Self.longest else { throw .tooLong }
        guard !bytes.contains(0) else { throw .zeroByte }
        self.bytes = bytes
    }

    func use<Result>(_ body: (UnsafePointer<CChar>?, CInt) -> Result) -> Result {
        bytes.withUnsafeBytes { body($0.assumingMemoryBound(to: CChar.self).baseAddress, CInt($0.count)) }
    }
}
