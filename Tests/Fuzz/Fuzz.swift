import CLibFuzzer
import Glibc

/// Hostile bytes for each parser: one program, and the name with which it is called chooses the target.
///
/// A target says what must hold for any bytes. `demand` ends the process if it does not hold, and libFuzzer keeps the bytes.
enum Target: String, CaseIterable {
    case line, entry, list, setup, settings, certificate, fingerprint, ledger, gzip, status, position, terminal, invitation, spool, fleet,
        carrier, sighting, outgoing

    func take(_ bytes: [UInt8]) {
        switch self {
        case .line: LineTarget.take(bytes)
        case .entry: EntryTarget.take(bytes)
        case .list: ListTarget.take(bytes)
        case .setup: SetupTarget.take(bytes)
        case .settings: SettingsTarget.take(bytes)
        case .certificate: CertificateTarget.take(bytes)
        case .fingerprint: FingerprintTarget.take(bytes)
        case .ledger: LedgerTarget.take(bytes)
        case .gzip: GzipTarget.take(bytes)
        case .status: StatusTarget.take(bytes)
        case .position: PositionTarget.take(bytes)
        case .terminal: TerminalTarget.take(bytes)
        case .invitation: InvitationTarget.take(bytes)
        case .spool: SpoolTarget.take(bytes)
        case .fleet: FleetTarget.take(bytes)
        case .carrier: CarrierTarget.take(bytes)
        case .sighting: SightingTarget.take(bytes)
        case .outgoing: OutgoingTarget.take(bytes)
        }
    }

    static let chosen = CommandLine.arguments.first?.split(separator: "/").last.flatMap { Target(rawValue: String($0)) }
}

/// The program's entry point: SwiftPM expects this name.
@_cdecl("Fuzz_main") func fuzz(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> CInt {
    guard Target.chosen != nil else {
        print(Target.allCases.map(\.rawValue).joined(separator: "\n"))
        return 64
    }
    var (count, arguments) = (count, arguments)
    return LLVMFuzzerRunDriver(&count, &arguments) { bytes, count in
        Target.chosen?.take(Array(UnsafeBufferPointer(start: bytes, count: count)))
        return 0
    }
}
