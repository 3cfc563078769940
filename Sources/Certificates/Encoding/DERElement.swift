/// A DER (or BER) element: its tag and its content, as far as the bytes go.
struct DERElement {
    let tag: UInt8
    let content: ArraySlice<UInt8>
    /// Tag, length and content.
    let whole: ArraySlice<UInt8>
    let rest: ArraySlice<UInt8>

    init?(at bytes: ArraySlice<UInt8>) {
        let all = bytes
        var bytes = bytes
        guard let tag = bytes.popFirst(), let first = bytes.popFirst() else { return nil }
        self.tag = tag
        var length = Int(first)
        switch first {
        case ..<0x80: break
        case 0x80: length = bytes.count  // BER's indefinite length, in old PKCS#12 files
        case 0x81...0x84:
            let count = Int(first & 0x7F)
            guard bytes.count >= count else { return nil }
            length = bytes.prefix(count).reduce(0) { $0 << 8 | Int($1) }
            bytes = bytes.dropFirst(count)
        default: return nil
        }
        content = bytes.prefix(length)
        rest = bytes.dropFirst(length)
        whole = all[all.startIndex..<content.endIndex]
    }

    static func all(in bytes: ArraySlice<UInt8>, limit: Int) -> [DERElement] {
        var elements: [DERElement] = []
        var bytes = bytes
        while elements.count < limit, let element = DERElement(at: bytes) {
            elements.append(element)
            bytes = element.rest
        }
        return elements
    }
}
