#!/bin/bash

# Parameters
#SBATCH --account=lab
#SBATCH --array=0-1%2
#SBATCH --cpus-per-task=16
#SBATCH --gres=gpu:a100:8
#SBATCH --job-name=strokerehab-big_one
#SBATCH --mem=320000M
#SBATCH --nodes=1
#SBATCH --open-mode=append
#SBATCH --output=LOGS/%A_%a_0_log.out
#SBATCH --partition=gpu
#SBATCH --qos=long
#SBATCH --requeue
#SBATCH --signal=USR2@120
#SBATCH --time=720

# setup
module load cuda

# command
export SUBMITIT_EXECUTOR=slurm
srun --unbuffered --output LOGS/%A_%a_%t_log.out --cpus-per-task=16 PYTHON -u -m submitit.core._submit LOGS
