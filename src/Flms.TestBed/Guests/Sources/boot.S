// From QEMU's PVH entry (32 bits, paging off, start information in ebx) to guest_main in 64 bits, and the ways into
// interrupts. All memory below 4 GiB is mapped to itself; the last GiB, where devices are, is not cached.

        .section .note, "a", @note      // tells QEMU where to begin: note 18 of "Xen"
        .long   4, 4, 18
        .asciz  "Xen"
        .long   boot

        .section .text.boot, "ax"
        .code32
        .globl  boot
boot:
        cli
        movl    %ebx, %edi              // the first argument of guest_main
        lgdt    gdt_pointer
        movl    $page_map, %eax
        movl    %eax, %cr3
        movl    %cr4, %eax
        orl     $0x20, %eax             // physical addresses of 64 bits
        movl    %eax, %cr4
        movl    $0xc0000080, %ecx
        rdmsr
        orl     $0x100, %eax            // long mode, once paging is on
        wrmsr
        movl    %cr0, %eax
        orl     $0x80000001, %eax       // paging, protection
        movl    %eax, %cr0
        ljmp    $8, $in_64_bits

        .code64
in_64_bits:
        movw    $16, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        leaq    stack_end(%rip), %rsp
        movl    %edi, %edi
        call    guest_main
        ud2

// Usage: entry NAME FUNCTION: an interrupt's way into a C function and back.
        .macro  entry name function
        .globl  \name
\name:
        .irp    register, rax, rcx, rdx, rsi, rdi, r8, r9, r10, r11
        push    %\register
        .endr
        cld
        call    \function
        .irp    register, r11, r10, r9, r8, rdi, rsi, rdx, rcx, rax
        pop     %\register
        .endr
        iretq
        .endm

        entry   network_entry, on_network
        entry   timer_entry, on_timer

        .globl  spurious_entry
spurious_entry:
        iretq

        .data
        .balign 4096
page_map:
        .quad   page_pointers + 3
        .fill   511, 8, 0
page_pointers:                          // four pages of 1 GiB
        .quad   0x83, 0x40000083, 0x80000083, 0xc0000093
        .fill   508, 8, 0
gdt:
        .quad   0, 0x00af9a000000ffff, 0x00cf92000000ffff
gdt_pointer:
        .word   gdt_pointer - gdt - 1
        .long   gdt

        .bss
        .balign 16
        .skip   16384
stack_end:

        .section .note.GNU-stack, "", @progbits
