import TrustCore

/// A text of Exim's own, as an expansion that yields it again whatever is in it.
package struct QuotedText: Equatable {
    /// The text itself.
    package let bytes: [UInt8]

    package init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

    /// The expansion. Only bytes stay that mean nothing to Exim: no `$`, `\`, `{` or `}`. Capital letters do not stay: a macro begins with one,
    /// and Exim replaces macros in every line that it reads, also one that an administrator defines tomorrow.
    package var text: String {
        bytes.map { byte in
            let isPlain = (97...122).contains(byte) || (48...57).contains(byte) || "=,.-+@/_".utf8.contains(byte)
            return isPlain ? String(decoding: [byte], as: UTF8.self) : "\\x" + Hex.text([byte]).lowercased()
        }.joined()
    }
}
