package import SystemPackage

/// A file as setup wants it.
package struct WantedFile: Equatable {
    /// Without symbolic links.
    package let path: FilePath
    /// What it would be without setup; nil: it would not be there.
    var base: [UInt8]?
    let after: [UInt8]
    /// What it is for, in one line, for the operator.
    let purpose: String
    /// Our own lines in a file that belongs to somebody else; empty: the whole file is ours.
    var blocks: [String] = []
    /// Whether it is the trust list, which trustctl goes on writing afterwards.
    var isList = false
    /// Whether only root and Exim's group may read it.
    var isSecret = false

    package init(path: FilePath, base: [UInt8]?, after: [UInt8], purpose: String, blocks: [String] = []) {
        self.path = path
        self.base = base
        self.after = after
        self.purpose = purpose
        self.blocks = blocks
    }
}
