/// The same bits in pieces of another size, the highest first: bytes in digits of base 32 or 64, and back.
enum Bits {
    /// `values` have `size` bits each, what is returned has `newSize`; both are at most 8. `completes`: zeros fill a last piece that is not
    /// whole; else what is left is dropped.
    static func regrouped(_ values: some Sequence<UInt8>, from size: UInt32, to newSize: UInt32, completes: Bool) -> [UInt8] {
        var pieces: [UInt8] = []
        var (bits, count): (UInt32, UInt32) = (0, 0)
        let mask: UInt32 = 1 << newSize - 1
        for value in values {
            bits = (bits << size | UInt32(value)) & 0xFFFF
            count += size
            while count >= newSize {
                count -= newSize
                pieces.append(UInt8(bits >> count & mask))
            }
        }
        if completes, count > 0 { pieces.append(UInt8(bits << (newSize - count) & mask)) }
        return pieces
    }
}
