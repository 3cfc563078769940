// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),  // SE-0335
    .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409
    .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444
    .treatAllWarnings(as: .error),
]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")

/// The target graph is the privilege boundary (ARCHITECTURE.md): `trustd`, which reads what strangers wrote, links neither OpenSSL nor
/// anything that starts a program; `trustctl`, which grants, links nothing that reads a log or a network's answers; `trustsync`, which has
/// the network, links nothing that grants.
let package = Package(
    name: "trustd",
    products: [
        .executable(name: "trustd", targets: ["trustd"]),
        .executable(name: "trustctl", targets: ["trustctl"]),
        .executable(name: "trustsync", targets: ["trustsync"]),
    ],
    dependencies: [
        // `exact:`, because these programs can open a relay: everybody builds them from the library versions that were tested. With `from:`
        // each build would take the newest ones, since the repository has no Package.resolved. An update is a commit that passes all tests.
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
    ],
    targets: [
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .target(name: "CLinux"),

        .target(name: "TrustCore", dependencies: ["CLinux", system], swiftSettings: strict),

        // trustd: what a line says, where lines are found, what is queued; only the program knows all three.
        .target(name: "LogLine", dependencies: ["TrustCore", "CLinux"], path: "Sources/trustd/Line", swiftSettings: strict),
        .target(
            name: "LogFollower", dependencies: ["TrustCore", "CLinux", "CZlib", system], path: "Sources/trustd/Log", swiftSettings: strict),
        .target(
            name: "PendingEntries", dependencies: ["TrustCore", "LogLine", system], path: "Sources/trustd/Queue", swiftSettings: strict),
        .executableTarget(
            name: "trustd",
            dependencies: ["TrustCore", "LogLine", "LogFollower", "PendingEntries", "CLinux", system, argumentParser],
            exclude: ["Line", "Log", "Queue"], swiftSettings: strict),

        // What trustctl and trustsync agree on: names, packs and folders, fleet.conf, the database's tables and logins.
        .target(name: "FleetCarrier", dependencies: ["TrustCore", system], swiftSettings: strict),

        // trustsync: carries what is signed to a fleet's database and from it.
        .target(name: "Postgres", dependencies: ["TrustCore", "CPostgres"], swiftSettings: strict),
        .executableTarget(
            name: "trustsync", dependencies: ["TrustCore", "FleetCarrier", "Postgres", "CLinux", system, argumentParser],
            swiftSettings: strict),

        // trustctl's layers: each imports only what stands above it here.
        .target(name: "Host", dependencies: ["TrustCore", "CLinux", "CSystemd", system], swiftSettings: strict),
        .target(name: "Certificates", dependencies: ["TrustCore", "Host", "CLinux", "COpenSSL", system], swiftSettings: strict),
        // What a fleet's decisions say and what follows from them.
        .target(name: "Fleet", dependencies: ["TrustCore", "Certificates", "FleetCarrier"], swiftSettings: strict),
        .target(name: "EximControl", dependencies: ["TrustCore", "Host", "Certificates", "CLinux", system], swiftSettings: strict),
        .target(name: "Trust", dependencies: ["TrustCore", "Host", "Certificates", "EximControl", system], swiftSettings: strict),
        .target(
            name: "FleetHost",
            dependencies: ["TrustCore", "Host", "Certificates", "Fleet", "FleetCarrier", "EximControl", "Trust", system],
            swiftSettings: strict),
        .target(name: "Setup", dependencies: ["TrustCore", "Host", "Certificates", "EximControl", "Trust", system], swiftSettings: strict),
        // Our own CA: its key, what it signs, what it has signed.
        .target(
            name: "Authority", dependencies: ["TrustCore", "Host", "Certificates", "EximControl", "Trust", system], swiftSettings: strict),
        .target(
            name: "Client", dependencies: ["TrustCore", "Host", "Certificates", "EximControl", "Trust", "Setup", system],
            swiftSettings: strict),
        .target(
            name: "Doctor",
            dependencies: ["TrustCore", "Host", "Certificates", "FleetCarrier", "Fleet", "EximControl", "Trust", "FleetHost", system],
            swiftSettings: strict),
        .target(name: "Status", dependencies: ["TrustCore", "Host", "Trust", system], swiftSettings: strict),
        .executableTarget(
            name: "trustctl",
            dependencies: [
                "TrustCore", "Host", "Certificates", "Fleet", "FleetCarrier", "FleetHost", "EximControl", "Trust", "Setup",
                "Authority", "Client", "Doctor", "Status", system, argumentParser,
            ], swiftSettings: strict),

        // Kills a program, or has it fail, at one system call. No product: nothing of it is installed.
        .executableTarget(name: "stepper", path: "Tests/Stepper"),
        .target(name: "TrustTestSupport", dependencies: ["TrustCore", system], path: "Tests/TrustTestSupport", swiftSettings: strict),
        .testTarget(name: "TrustCoreTests", dependencies: ["TrustCore", "TrustTestSupport", system], swiftSettings: strict),
        .testTarget(
            name: "trustdTests",
            dependencies: ["trustd", "TrustCore", "LogLine", "LogFollower", "PendingEntries", "TrustTestSupport", system],
            resources: [.copy("Fixtures")], swiftSettings: strict),
        .testTarget(
            name: "trustctlTests",
            dependencies: [
                "trustctl", "TrustCore", "Host", "Certificates", "EximControl", "Trust", "Setup", "Authority", "Client", "Doctor",
                "Status", "TrustTestSupport", system, argumentParser,
            ],
            resources: [.copy("Fixtures")], swiftSettings: strict),
        .testTarget(
            name: "FleetTests", dependencies: ["Fleet", "FleetCarrier", "Certificates", "TrustCore", "TrustTestSupport", system],
            resources: [.copy("Fixtures")], swiftSettings: strict),
        .testTarget(
            name: "FleetHostTests", dependencies: ["FleetHost", "Fleet", "FleetCarrier", "Host", "TrustCore", "TrustTestSupport", system],
            swiftSettings: strict),
        .testTarget(name: "PostgresTests", dependencies: ["Postgres", "TrustTestSupport"], swiftSettings: strict),
        .testTarget(
            name: "trustsyncTests", dependencies: ["trustsync", "FleetCarrier", "Postgres", "TrustCore", "TrustTestSupport", system],
            swiftSettings: strict),
        .testTarget(
            name: "FleetCarrierTests", dependencies: ["FleetCarrier", "TrustCore", "TrustTestSupport", system],
            resources: [.copy("Fixtures")], swiftSettings: strict),
        .testTarget(name: "SystemTests", dependencies: ["TrustCore", "TrustTestSupport", system], swiftSettings: strict),
    ]
)

/// For `make fuzz` alone (Tests/Fuzz/run): all targets of both programs, without the two `main`, with libFuzzer and AddressSanitizer in
/// them, and one program of all fuzz targets. No other build sees any of it.
if Context.environment["TRUSTD_FUZZ"] != nil {
    let instrumented = strict + [.unsafeFlags(["-sanitize=fuzzer,address", "-parse-as-library", "-enable-testing"])]
    let mains = ["trustd": ["Trustd.swift"], "trustctl": ["Trustctl.swift"], "trustsync": ["Trustsync.swift"]]
    package.products = []
    package.targets = package.targets.compactMap { target in
        switch (target.name, target.type) {
        case ("CLinux", _): .target(name: "CLinux", cSettings: [.unsafeFlags(["-fsanitize=fuzzer-no-link,address"])])
        case (_, .system): target
        case ("stepper", _), ("TrustTestSupport", _), (_, .test): nil
        default:
            .target(
                name: target.name, dependencies: target.dependencies, path: target.path,
                exclude: target.exclude + (mains[target.name] ?? []), swiftSettings: instrumented)
        }
    }
    let fuzzed = package.targets.filter { $0.type == .regular }.map { Target.Dependency.byName(name: $0.name) }
    package.targets += [
        .systemLibrary(name: "CLibFuzzer", path: "Tests/Fuzz/CLibFuzzer"),
        .executableTarget(
            name: "Fuzz", dependencies: fuzzed + ["CLibFuzzer", system], path: "Tests/Fuzz",
            exclude: ["CLibFuzzer", "Seeds", "Words", "run", "make-seeds", "not-leaks"], swiftSettings: instrumented,
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]),
    ]
}
