# bash completion of xenshared
_xenshared() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} verb=${COMP_WORDS[1]} options
  if [ "$COMP_CWORD" = 1 ]; then
    mapfile -t COMPREPLY < <(compgen -W 'domains info vcpus channels capture report metrics send poke watch faults demo --help --version --debug' -- "$word")
    return
  fi
  case $before in
    --target | -t)
      mapfile -t COMPREPLY < <(compgen -W 'local simulated ssh://' -- "$word"; compgen -f -- "$word")
      return ;;
    --source | -s)
      mapfile -t COMPREPLY < <(compgen -W 'Auto SharedPage GuestMemory Hypervisor' -- "$word")
      return ;;
    --layout)
      mapfile -t COMPREPLY < <(compgen -W 'X86_64 X86_32 Arm' -- "$word")
      return ;;
    --only)
      mapfile -t COMPREPLY < <(compgen -W 'Domains Pages Ports Devices EventArrays VcpuRecords DebugKey' -- "$word")
      return ;;
    --undo | --log | --output | --reference)
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
      return ;;
  esac
  case $verb in
    domains) options='--domid --name --target --json' ;;
    info) options='--domid --name --target --json --layout --sample' ;;
    vcpus) options='--domid --name --target --json --vcpu --sample --source --force' ;;
    channels) options='--domid --name --target --json --port --state --pending --masked --unknown --include-closed --source --force' ;;
    capture) options='--domid --name --target --force --plain --only --search-again --force-search --sample' ;;
    report) options='--domid --name --target --force --sample --source' ;;
    metrics) options='--domid --name --target --output --sample --source --force' ;;
    watch) options='--domid --name --target --json --port --interval --count --duration --source --force' ;;
    faults) options='--domid --name --target --json --rule --severity --reference --samples --interval --ask-xen' ;;
    send) options='--domid --port --target --yes --what-if --json --log' ;;
    poke) options='--domid --port --masked --pending --repair --unmask --patience --vcpu --upcall-pending --upcall-mask --selector --field --value --wall-clock --undo --target --yes --what-if --json --log --force' ;;
    *) options='' ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$options --debug --help" -- "$word"; [ "$verb" != capture ] || compgen -f -- "$word")
}
complete -F _xenshared xenshared
